{{/* What is the same for the pods of the check service and of the watcher. */}}

{{- define "course.labels" -}}
app.kubernetes.io/name: course
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "course.image" -}}
image: {{ printf "%s:%s" .Values.image.name .Values.image.tag | quote }}
{{- end }}

{{- define "course.pod" -}}
automountServiceAccountToken: false
enableServiceLinks: false
securityContext:
  runAsNonRoot: true
  runAsUser: 1000
  runAsGroup: 1000
  fsGroup: 1000
  fsGroupChangePolicy: OnRootMismatch
  seccompProfile: {type: RuntimeDefault}
{{- with .Values.image.pullSecrets }}
imagePullSecrets: {{ toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- define "course.container" -}}
{{ include "course.image" . }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: {drop: [ALL]}
{{- end }}

{{/* The folders that pods mount, which the kubelet would otherwise make as root's. */}}
{{- define "course.folders" -}}
- name: folders
  {{- include "course.container" . | nindent 2 }}
  command: [mkdir, -p, /volume/exchange/{{ .Values.course }}/outbound, /volume/courses/{{ .Values.course }}/public]
  volumeMounts:
    - {name: files, mountPath: /volume}
{{- end }}

{{/* Where submissions cannot be confined, the pod does not start. */}}
{{- define "course.doctor" -}}
- name: doctor
  {{- include "course.container" . | nindent 2 }}
  command: [autograder, doctor]
  resources:
    limits: {cpu: "1", memory: 2Gi}
  volumeMounts:
    - {name: scratch, mountPath: /tmp}
    - {name: home, mountPath: /home/jovyan}
{{- end }}

{{- define "course.volumes" -}}
- name: files
  persistentVolumeClaim:
    claimName: {{ .Release.Name }}-files
- name: scratch
  emptyDir: {sizeLimit: 4Gi}
- name: home
  emptyDir: {sizeLimit: 1Gi}
{{- end }}
